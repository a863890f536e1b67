import { EngineError } from "../error.ts";

/** A registry's refusal: it was reached, and this is its answer. Source: distribution-spec, "Error Codes". */
export class RegistryAnswer extends EngineError {
  readonly status: number;
  /** `MANIFEST_UNKNOWN`, `NAME_UNKNOWN`, `DENIED`, `UNAUTHORIZED` … */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    const kind =
      status === 404
        ? "not-found"
        : status === 401
          ? "unauthorized"
          : status === 403
            ? "forbidden"
            : "internal";
    super(kind, `${code.toLowerCase().replaceAll("_", " ")}: ${detail}`);
    this.status = status;
    this.code = code;
  }

  /** `body` is what came with the status; anything but the specified JSON is replaced by the status. */
  static parse(status: number, body: string): RegistryAnswer {
    try {
      const first = (JSON.parse(body) as { errors?: readonly { code?: unknown; message?: unknown }[] })
        .errors?.[0];
      if (typeof first?.code === "string" && /^[A-Z_]{1,64}$/.test(first.code)) {
        const detail = typeof first.message === "string" ? first.message.slice(0, 500) : `status ${status}`;
        return new RegistryAnswer(status, first.code, detail);
      }
    } catch {
      // Not every server sends JSON.
    }
    const codes: Readonly<Record<number, string>> = {
      401: "UNAUTHORIZED",
      403: "DENIED",
      404: "MANIFEST_UNKNOWN",
    };
    return new RegistryAnswer(
      status,
      codes[status] ?? "UNKNOWN",
      `the server answered with status ${status}`,
    );
  }

  /** True when the server says that there is no such image, or none for this user: it does not tell which. */
  get saysAbsent(): boolean {
    return this.status === 404 || this.status === 401 || this.status === 403;
  }
}
