/**
 * The texts of `docker ps` hold a duration in words ("Up 59 seconds", "Exited (3) About a minute ago").
 * Two of them agree if the rest is equal and the duration lies between those read before and after.
 */
export function statusLiesBetween(
  status: string,
  { before, after }: { readonly before: string; readonly after: string },
): boolean {
  const parts = [status, before, after].map(split);
  const [own, first, last] = parts;
  if (own === undefined || first === undefined || last === undefined) return false;
  return (
    own.rest === first.rest &&
    own.rest === last.rest &&
    own.seconds >= first.seconds &&
    own.seconds <= last.seconds
  );
}

const unitSeconds: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
};

const duration =
  /Less than a second|About an? (?<about>minute|hour)|(?<count>\d+) (?<unit>second|minute|hour|day|week)s?/;

function split(status: string): { readonly rest: string; readonly seconds: number } {
  const match = duration.exec(status);
  if (match === null) return { rest: status, seconds: 0 };
  const { about, count = '0', unit = 'second' } = match.groups ?? {};
  const seconds =
    about === undefined
      ? Number(count) * (unitSeconds[unit] ?? Number.NaN)
      : (unitSeconds[about] ?? Number.NaN);
  return { rest: status.replace(duration, '…'), seconds };
}
