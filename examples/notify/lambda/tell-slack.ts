/** The part of the event that the message needs: docs/events.schema.json */
interface LinkRedeemed {
  readonly detail: { readonly link_id: string; readonly created_by: string; readonly source_ip: string };
}

/** Posts a message to Slack. If it fails, Lambda invokes it again, twice. */
export async function handler({ detail }: LinkRedeemed): Promise<void> {
  const text = `The link ${detail.link_id}, issued by ${detail.created_by}, was redeemed from ${detail.source_ip}.`;
  const { status, ok } = await fetch(await webhookUrl(), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  if (!ok) {
    throw new Error(`Slack returned ${status}.`);
  }
}

/** Reads the secret: https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html */
async function webhookUrl(): Promise<URL> {
  const { WEBHOOK_SECRET = '', PARAMETERS_SECRETS_EXTENSION_HTTP_PORT, AWS_SESSION_TOKEN = '' } = process.env;
  const query = new URLSearchParams({ secretId: WEBHOOK_SECRET });
  const response = await fetch(
    `http://localhost:${PARAMETERS_SECRETS_EXTENSION_HTTP_PORT}/secretsmanager/get?${query}`,
    { headers: { 'X-Aws-Parameters-Secrets-Token': AWS_SESSION_TOKEN } },
  );
  const { SecretString: url = '' } = response.ok ? ((await response.json()) as { readonly SecretString?: string }) : {};
  // `new URL` and `fetch` would log an invalid value.
  if (!URL.canParse(url)) {
    throw new Error(`The secret ${WEBHOOK_SECRET} is not a URL, or cannot be read (${response.status}).`);
  }
  return new URL(url);
}
