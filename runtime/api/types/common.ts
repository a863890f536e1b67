/** JSON objects of labels, options, sysctls: string to string. */
export type StringMap = Readonly<Record<string, string>>;

/** The body of every failed answer of the Engine API. */
export interface ErrorBody {
  readonly message: string;
}

/** `["CMD", …]`, one string for a shell line, or null: how the API spells commands. */
export type StringOrList = string | readonly string[] | null;

/** `GET /_ping` headers and `GET /version` in short: what a server says of itself before any call. */
export interface Ping {
  readonly apiVersion: string;
  readonly osType: string;
  readonly builderVersion: string;
}
