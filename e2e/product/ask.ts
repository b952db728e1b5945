/** Far beyond any deadline of ours: an answer that takes longer is a service that hangs. */
const generousMilliseconds = 20_000;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** One HTTP request to a service under test; any status is an answer. */
export async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<HttpAnswer> {
  const answer = await fetch(url, {
    ...options,
    redirect: 'manual',
    signal: AbortSignal.timeout(generousMilliseconds),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

/** The body of a GET that must answer 200. */
export async function body(url: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await ask(url, { headers });
  if (answer.status !== 200) throw new Error(`GET ${url}: ${answer.status} ${answer.body}`);
  return answer.body;
}
