import * as vscode from "vscode";

/** What runs inside a terminal of ours. */
export interface TerminalSession {
  /** Writes text that has terminal line ends. */
  readonly write: (text: string) => void;
  /** Aborted when the terminal is closed, and by Ctrl-C unless `onInput` takes input. */
  readonly signal: AbortSignal;
  /** Columns and rows at the start; undefined while the terminal was not drawn yet. */
  readonly size: () => vscode.TerminalDimensions | undefined;
  /** Takes what is typed from now on; without it Ctrl-C aborts. */
  readonly takeInput: (listener: (text: string) => void) => void;
  readonly takeSize: (listener: (size: vscode.TerminalDimensions) => void) => void;
}

export interface TerminalOptions {
  readonly name: string;
  readonly icon: string;
  /** What a key press does when it is over: `close` closes by itself when the exit code is 0. */
  readonly atEnd: "keep" | "close";
  /** Gives the exit code. What it throws is printed. */
  readonly run: (session: TerminalSession) => Promise<number>;
  /** `stopped with exit code 3`: what the last line says, after the name. */
  readonly printEnd?: (exitCode: number) => string;
}

/**
 * Opens a terminal whose program is a function; resolves with its exit code, 130 when it was aborted.
 * The terminal stays readable after the end; a key press then closes it.
 */
export function openTerminal(options: TerminalOptions): {
  readonly terminal: vscode.Terminal;
  readonly ended: Promise<number>;
} {
  const written = new vscode.EventEmitter<string>();
  const closed = new vscode.EventEmitter<number>();
  const abort = new AbortController();
  let size: vscode.TerminalDimensions | undefined;
  let onInput: ((text: string) => void) | undefined;
  let onSize: ((size: vscode.TerminalDimensions) => void) | undefined;
  let isOver = false;
  let settle: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    settle = resolve;
  });
  const session: TerminalSession = {
    write: (text) => written.fire(text),
    signal: abort.signal,
    size: () => size,
    takeInput: (listener) => {
      onInput = listener;
    },
    takeSize: (listener) => {
      onSize = listener;
    },
  };
  const finish = (code: number, lastLine: string) => {
    isOver = true;
    settle(code);
    if (options.atEnd === "close" && code === 0) closed.fire(0);
    else written.fire(`\r\n\x1b[2m${lastLine} Press any key to close.\x1b[0m\r\n`);
  };
  const terminal = vscode.window.createTerminal({
    name: options.name,
    iconPath: new vscode.ThemeIcon(options.icon),
    pty: {
      onDidWrite: written.event,
      onDidClose: closed.event,
      open: (dimensions: vscode.TerminalDimensions | undefined) => {
        size = dimensions;
        options.run(session).then(
          (code) => finish(code, options.printEnd?.(code) ?? `Ended with exit code ${code}.`),
          (error: unknown) => {
            if (abort.signal.aborted) return finish(130, "Cancelled.");
            const message = error instanceof Error ? error.message : String(error);
            written.fire(`\r\n\x1b[31m${message.replace(/\r?\n/g, "\r\n")}\x1b[0m\r\n`);
            finish(1, "Failed.");
          },
        );
      },
      close: () => abort.abort(new Error("the terminal was closed")),
      handleInput: (text: string) => {
        if (isOver) closed.fire(0);
        else if (onInput !== undefined) onInput(text);
        else if (text.includes("\x03")) abort.abort(new Error("cancelled with Ctrl-C"));
      },
      setDimensions: (dimensions: vscode.TerminalDimensions) => {
        size = dimensions;
        onSize?.(dimensions);
      },
    },
  });
  terminal.show();
  return { terminal, ended };
}
