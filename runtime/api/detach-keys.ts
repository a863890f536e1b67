/** What Docker uses when the client names no keys. */
export const defaultDetachKeys = "ctrl-p,ctrl-q";

/** `ctrl-p,ctrl-q` or `a,b` as the bytes a terminal sends. Throws a `SyntaxError`. */
export function parseDetachKeys(text: string): Buffer {
  const bytes = text.split(",").map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key);
    if (control?.[1] !== undefined) return control[1].toUpperCase().charCodeAt(0) - 64;
    if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
    throw new SyntaxError(`invalid detach keys (${text}) provided: Unknown character: '${key}'`);
  });
  return Buffer.from(bytes);
}

/** Finds the keys in what is typed. The bytes that may be their beginning are held back until that is decided. */
export class DetachScanner {
  readonly #keys: Buffer;
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What goes on to the container, and whether the keys are complete (then the rest of the input is dropped). */
  push(input: Buffer): { readonly pass: Buffer; readonly detached: boolean } {
    const pass: number[] = [];
    for (const byte of input) {
      // After a mismatch the held keys are released and this byte may begin the keys again.
      if (byte !== this.#keys[this.#matched] && this.#matched > 0) {
        pass.push(...this.#keys.subarray(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) {
        pass.push(byte);
        continue;
      }
      this.#matched += 1;
      if (this.#matched === this.#keys.length) return { pass: Buffer.from(pass), detached: true };
    }
    return { pass: Buffer.from(pass), detached: false };
  }

  /** What is held back when the input ends. */
  flush(): Buffer {
    const held = Buffer.from(this.#keys.subarray(0, this.#matched));
    this.#matched = 0;
    return held;
  }
}
