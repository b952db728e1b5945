import { setImmediate } from 'node:timers/promises';
import { createDnsCache, type Resolve } from './dnsCache.ts';

const address = (last: number) => [{ address: `10.0.0.${last}`, family: 4 }];
const failure = () => Promise.reject(Object.assign(new Error('dead'), { code: 'EAI_AGAIN' }));
const never = () => new Promise<never>(() => undefined);

/** Answers each question with the next of these. */
function answering(...answers: Resolve[]): Resolve {
  return (hostname) => (answers.shift() ?? failure)(hostname);
}

describe('the name cache', () => {
  test('asks anew each time, so that a changed address is found at once', async () => {
    const resolve = answering(
      () => Promise.resolve(address(1)),
      () => Promise.resolve(address(2)),
    );
    const dns = createDnsCache({ resolve, patienceMs: 1_000_000 });
    expect(await dns.resolve('web')).toEqual(address(1));
    expect(await dns.resolve('web')).toEqual(address(2));
  });

  test('keeps the last good answer while the resolver fails', async () => {
    const resolve = answering(() => Promise.resolve(address(1)), failure, failure);
    const dns = createDnsCache({ resolve, patienceMs: 1_000_000 });
    await dns.resolve('web');
    expect(await dns.resolve('web')).toEqual(address(1));
    expect(await dns.resolve('web')).toEqual(address(1));
  });

  test('keeps the last good answer while the resolver is silent', async () => {
    const resolve = answering(() => Promise.resolve(address(1)), never);
    const dns = createDnsCache({ resolve, patienceMs: 0 });
    await dns.resolve('web');
    expect(await dns.resolve('web')).toEqual(address(1));
  });

  test('fails for a name that never could be resolved', async () => {
    const dns = createDnsCache({ resolve: failure });
    await expect(dns.resolve('web')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  test('asks once for those who ask at the same time', async () => {
    let asked = 0;
    const resolve = () => {
      asked += 1;
      return Promise.resolve(address(1));
    };
    const dns = createDnsCache({ resolve });
    await Promise.all([dns.resolve('web'), dns.resolve('web')]);
    expect(asked).toBe(1);
  });

  test('leaves threads free for everything else', async () => {
    let running = 0;
    const resolve = () => {
      running += 1;
      return never();
    };
    const dns = createDnsCache({ resolve });
    for (let name = 0; name < 10; name++) void dns.resolve(`web${name}`);
    await setImmediate();
    expect(running).toBe(2);
  });
});
