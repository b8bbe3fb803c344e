// Reads a link from standard input, and sends it to Slack. The link is not in the log or in an argument.
import { text } from 'node:stream/consumers';

const link = (await text(process.stdin)).trim();
if (link === '') {
  process.exit(1);
}
const { ok, status } = await fetch(process.env.SLACK_WEBHOOK_URL, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ text: `The build is ready. This link works once: ${link}` }),
});
if (!ok) {
  throw new Error(`Slack returned ${status}.`);
}
