/** No line of a JSON stream is longer; a server that sends one is not to be trusted with our memory. */
const maxLineBytes = 16 * 1024 * 1024;

/** The values of a stream with one JSON value per line (`\n` or `\r\n`). Throws on a line that is no JSON. */
export async function* decodeJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...held, chunk.subarray(start, end)]);
      held = [];
      heldBytes = 0;
      start = end + 1;
      yield* parseLine(line);
    }
    const rest = chunk.subarray(start);
    heldBytes += rest.length;
    if (heldBytes > maxLineBytes)
      throw new Error(`a line of the stream is longer than ${maxLineBytes} bytes`);
    if (rest.length > 0) held.push(rest);
  }
  yield* parseLine(Buffer.concat(held));
}

function* parseLine(line: Buffer): Generator<unknown> {
  const text = line.toString("utf8").trim();
  if (text !== "") yield JSON.parse(text);
}
