/**
 * Takes pieces of a TCP stream and hands over each whole message: two bytes of length, then the message. Holds at most one
 * message (64 KiB) and the piece at hand. Source: RFC 1035, 4.2.2.
 */
export function readFramed(onMessage: (message: Buffer) => void): (piece: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (piece) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    while (held.length >= 2) {
      const end = 2 + held.readUInt16BE(0);
      if (held.length < end) return;
      onMessage(held.subarray(2, end));
      held = held.subarray(end);
    }
  };
}

/** The message with its length before it. */
export function printFramed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
