/**
 * Reads the body of a response as UTF-8 text.
 *
 * @returns the whole body, or its beginning if it is longer than `maxBytes`
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    bytes += chunk.length;
    if (bytes > maxBytes) {
      break; // This also closes the connection.
    }
  }
  return text + decoder.decode();
}
