/** An expected failure of a Compose command: the message says what was asked and what stood in the way. */
export class ComposeError extends Error {
  override readonly name = "ComposeError";
}
