/** What a server asks for with status 401. Source: RFC 9110, 11.6.1; distribution-spec token authentication. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** The challenge in a `WWW-Authenticate` header that this client can answer, bearer before basic. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > 8192) return undefined;
  const bearer = /\bbearer\s+(.*)$/i.exec(header);
  if (bearer?.[1] !== undefined) {
    const parameters = new Map<string, string>();
    for (const [, key = "", quoted, bare] of bearer[1].matchAll(/([A-Za-z]+)=(?:"([^"]*)"|([^",\s]+))/g)) {
      const name = key.toLowerCase();
      if (!parameters.has(name)) parameters.set(name, quoted ?? bare ?? "");
    }
    const realm = parameters.get("realm");
    if (realm !== undefined) {
      return { scheme: "bearer", realm, service: parameters.get("service"), scope: parameters.get("scope") };
    }
  }
  return /\bbasic\b/i.test(header) ? { scheme: "basic" } : undefined;
}
