import { UsageError } from "../command-line.ts";

/** A template is not one, or asks for what is not there. */
export class TemplateError extends UsageError {
  constructor(message: string) {
    super(message, 1);
  }
}
