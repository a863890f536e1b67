/** The server answered, and the answer is a failure; `message` is the server's own. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; for a failure told in the middle of a stream the code of the error line, or 500. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No answer: the server is not there, or the connection broke. The cause is the system's error. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}
