/**
 * Calls the API of a Tallystick server. Paths, parameters, bodies and answers are typed by the document that the server
 * serves at /openapi.json.
 */
import createFetchClient, { type Client, type ClientOptions } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";

/** A schema of the document, by its name: Schema<"Invoice">. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** Every answer that refuses has this form. Programs decide by its code. */
export type Problem = Schema<"Problem">;

/** The forms of answers and of refusals. A dry run has another, which dryRun reads; pages and PDFs are read with parseAs. */
type Media = "application/json" | "application/problem+json";

/** Has a method for each HTTP method, which takes a path of the document. A command takes an Idempotency-Key. */
export type TallystickClient = Client<KeyedPaths, Media>;

/** The paths of the document, which leaves the Idempotency-Key open, since dry runs ignore it. Here it must be given. */
type KeyedPaths = { [Path in keyof paths]: { [Method in keyof paths[Path]]: Keyed<paths[Path][Method]> } };

type Keyed<Operation> = Operation extends { parameters: { header?: { "Idempotency-Key"?: string } } }
  ? "Idempotency-Key" extends keyof NonNullable<Operation["parameters"]["header"]>
    ? Omit<Operation, "parameters"> & { parameters: Omit<Operation["parameters"], "header"> & { header: KeyedHeader<Operation["parameters"]["header"]> } }
    : Operation
  : Operation;

type KeyedHeader<Header> = NonNullable<Header> & { "Idempotency-Key": string };

export interface Options extends Omit<ClientOptions, "baseUrl"> {
  /** Address of the server, such as https://tally.example.com. */
  baseUrl: string;
  /** An API key. It is sent with each request. */
  key: string;
}

/** Makes a client of one server with one API key. */
export function createClient({ key, ...options }: Options): TallystickClient {
  const client = createFetchClient<KeyedPaths, Media>(options);
  client.use({
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${key}`);
      return request;
    },
  });
  return client;
}

/**
 * Gives the position that a command wrote or that a query shows. As Min-Position of a query it makes the query show at
 * least that.
 */
export function position(response: Response): number {
  return Number(response.headers.get("Ledger-Position") ?? 0);
}

/** Tells whether an answer repeats that to an earlier request with the same Idempotency-Key. */
export function replayed(response: Response): boolean {
  return response.headers.get("Idempotent-Replayed") === "true";
}

/** A refusal as an exception. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly problem: Problem,
    readonly response: Response,
  ) {
    super(`${problem.code}: ${problem.detail}`);
  }

  get code(): string {
    return this.problem.code;
  }
}

/** What the methods of a client give. */
type Answer<Data> = { data?: Data; error?: Problem; response: Response };

/** Gives the data of an answer, and throws a Refusal where there is none. A dry run has none either; see dryRun. */
export function must<Data>({ data, error, response }: Answer<Data>): NonNullable<Data> {
  if (error !== undefined) {
    throw new Refusal(error, response);
  }
  if (data === undefined || data === null || isDryRun(response)) {
    throw new TypeError(`${response.url} answers ${response.status} without data`);
  }
  return data;
}

/** Gives what a command with dry_run would do, and throws a Refusal where it would be refused. */
export function dryRun({ data, error, response }: Answer<unknown>): Schema<"DryRun"> {
  if (error !== undefined) {
    throw new Refusal(error, response);
  }
  if (!isDryRun(response)) {
    throw new TypeError(`${response.url} answers ${response.status}, and not as a dry run`);
  }
  return data as Schema<"DryRun">;
}

function isDryRun(response: Response): boolean {
  return (response.headers.get("Content-Type") ?? "").startsWith("application/vnd.tallystick.dry-run+json");
}
