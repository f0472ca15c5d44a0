// A sign-in service as others run it: OpenID Connect by the package `oidc-provider`, on this machine, in memory, gone at the end. Whoever
// types a login into its form is that person; the password may be anything.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";
import { freePort } from "./loam.ts";

export interface Service {
  issuer: string;
  stop: () => Promise<void>;
}

/** A service that knows one client, which people are sent back to at `callback`. */
export async function startService(client: string, secret: string, callback: string): Promise<Service> {
  const port = await freePort();
  // By name, so that it is another site than the one under test, which is met by its number.
  const issuer = `http://localhost:${port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: client, client_secret: secret, redirect_uris: [callback] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] },
    cookies: { keys: ["only-for-this-run"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, email: id, email_verified: true }) }),
  });
  const server = createServer(provider.callback());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "localhost", resolve);
  });
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { issuer, stop };
}
