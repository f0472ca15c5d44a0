// A database of our own on the server named by `LOAM_TEST_POSTGRES`, gone at the end. It speaks as much of PostgreSQL's protocol as two
// statements need, to a server that trusts whoever may reach it; a client library would be a package more for `CREATE DATABASE`.
import { randomUUID } from "node:crypto";
import { connect } from "node:net";

export interface Database {
  /** The address of the new database. */
  url: string;
  drop: () => Promise<void>;
}

/** A new database; `undefined` when this run is for SQLite only (`LOAM_TEST_DATABASES=sqlite`). */
export async function newDatabase(): Promise<Database | undefined> {
  if (process.env["LOAM_TEST_DATABASES"] === "sqlite") return undefined;
  const server = process.env["LOAM_TEST_POSTGRES"];
  if (server === undefined || server === "") throw new Error("LOAM_TEST_POSTGRES is not set: run `cargo xtask test --only browser`, or set LOAM_TEST_DATABASES=sqlite");
  const name = `loam_e2e_${randomUUID().replaceAll("-", "")}`;
  await say(server, `CREATE DATABASE "${name}" TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => say(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) };
}

/** Has the server carry out one statement. */
function say(server: string, statement: string): Promise<void> {
  const url = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port || "5432") });
    let read = Buffer.alloc(0);
    let asked = false;
    const end = (problem?: Error): void => {
      socket.destroy();
      if (problem === undefined) resolve();
      else reject(problem);
    };
    socket.once("error", end);
    socket.once("close", () => end(new Error(`PostgreSQL ended the connection: ${statement}`)));
    socket.once("connect", () => socket.write(startup(decodeURIComponent(url.username), url.pathname.slice(1))));
    socket.on("data", (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      for (let size = whole(read); size !== undefined; size = whole(read)) {
        const kind = String.fromCharCode(read[0] ?? 0);
        const body = read.subarray(5, size);
        read = read.subarray(size);
        if (kind === "E") end(new Error(`PostgreSQL refused \`${statement}\`: ${body.toString("utf8").replaceAll("\0", " ")}`));
        if (kind === "R" && body.readInt32BE(0) !== 0) end(new Error("this PostgreSQL asks for a password; the browser tests need one that trusts them"));
        if (kind !== "Z") continue;
        if (asked) end();
        else socket.write(query(statement));
        asked = true;
      }
    });
  });
}

/** The size of the first message, once all of it is there: a letter, its length, its body. */
function whole(read: Buffer): number | undefined {
  if (read.length < 5) return undefined;
  const size = 1 + read.readInt32BE(1);
  return read.length < size ? undefined : size;
}

function startup(user: string, database: string): Buffer {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

function query(statement: string): Buffer {
  const body = Buffer.from(`${statement}\0`);
  const head = Buffer.alloc(5);
  head.write("Q");
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
