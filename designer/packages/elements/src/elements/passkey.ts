// Around a form that a passkey answers: asks the server for a challenge and the authenticator for the answer, then sends the form with it.
import { refusal } from "../page.ts";
import { isRecord, request } from "../request.ts";
import { say, type Word } from "../words.ts";

export class LoamPasskey extends HTMLElement {
  connectedCallback(): void {
    // Passkeys are bound to a name: neither an old browser nor an address of numbers has any.
    if (!("credentials" in navigator) || typeof PublicKeyCredential === "undefined" || /^[\d.]+$|^\[/.test(location.hostname)) return;
    this.hidden = false;
    document.getElementById(this.dataset["otherwise"] ?? "")?.setAttribute("hidden", "");
    this.addEventListener("submit", this.#submit);
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const form = this.querySelector("form");
    if (form !== null) void this.#run(form);
  };

  async #run(form: HTMLFormElement): Promise<void> {
    const button = form.querySelector("button");
    const error = form.querySelector(".error");
    const answer = form.querySelector<HTMLInputElement>("input[name=passkey]");
    if (button === null || error === null || answer === null || button.disabled) return;
    button.disabled = true;
    error.textContent = "";
    try {
      const response = await request(this.dataset["options"] ?? "", { method: "POST" });
      if (response.status === 401 && this.dataset["proof"] !== undefined) return location.assign(this.dataset["proof"]);
      if (!response.ok) throw new Error(refusal(response.status));
      const options: unknown = await response.json();
      answer.value = JSON.stringify(isRecord(options) ? await ask(options) : {});
      form.submit();
    } catch (cause) {
      error.textContent = cause instanceof DOMException ? say(reason(cause)) : cause instanceof TypeError ? say("offline") : String(cause instanceof Error ? cause.message : cause);
    } finally {
      button.disabled = false;
    }
  }
}

function reason(cause: DOMException): Word {
  return cause.name === "InvalidStateError" ? "passkeyKnown" : "passkeyUnused";
}

/** Has the authenticator make a passkey when a user is named, and use one otherwise. */
async function ask(options: Record<string, unknown>): Promise<Record<string, string>> {
  const { challenge, rp, known, user, timeout } = options;
  const common = { challenge: bytes(challenge), timeout: Number(timeout) };
  const named = (Array.isArray(known) ? known : []).map((id: unknown) => ({ type: "public-key" as const, id: bytes(id) }));
  if (!isRecord(user)) {
    const found = await navigator.credentials.get({ publicKey: { ...common, rpId: String(rp), allowCredentials: named, userVerification: "required" } });
    if (!(found instanceof PublicKeyCredential) || !(found.response instanceof AuthenticatorAssertionResponse)) throw new Error(say("passkeyUnused"));
    const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
    return { id: found.id, client: text(clientDataJSON), data: text(authenticatorData), signature: text(signature), user: userHandle === null ? "" : text(userHandle) };
  }
  const made = await navigator.credentials.create({
    publicKey: {
      ...common,
      rp: { id: String(rp), name: String(rp) },
      user: { id: bytes(user["id"]), name: String(user["name"]), displayName: String(user["displayName"]) },
      pubKeyCredParams: [-8, -7].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: named,
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    },
  });
  if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) throw new Error(say("passkeyUnused"));
  return { client: text(made.response.clientDataJSON), attestation: text(made.response.attestationObject) };
}

/** Base 64 for addresses, to bytes and back. */
function bytes(value: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(String(value).replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
