import { commonSettings } from '@docker-data-exporter/shared/commonSettings';
import { setting } from '@docker-data-exporter/shared/settingKinds';
import type { SettingsOf } from '@docker-data-exporter/shared/settingRow';
import { parseUserPattern } from './userPattern.ts';

/** The agent's settings: one row is a flag, a variable, a YAML key and a line of the docs. */
export const agentSettings = {
  ...commonSettings(5050),
  dockerHost: setting.text({
    help: 'Where the engine is: unix:///PATH, tcp://HOST:PORT or http(s)://HOST:PORT. Default: found as the docker command does (DOCKER_HOST, docker context, the usual sockets of Docker and Podman).',
    group: 'Docker Engine',
    placeholder: 'ADDRESS',
    defaultText: 'found as the docker command does',
  }),
  engineTimeout: setting.durationMs({
    help: 'How long one question to the engine may take; with many containers stats get 5 ms more for each.',
    group: 'Docker Engine',
    default: 1500,
    min: 100,
    max: 60_000,
  }),
  relistEvery: setting.durationMs({
    help: 'How long the list of containers is kept while the engine’s events tell of no change.',
    group: 'Docker Engine',
    default: 300_000,
    min: 1000,
    max: 3_600_000,
  }),
  engineFactsAge: setting.durationMs({
    help: 'How long version, image count and swarm mode are kept while the engine’s events tell of no change; leaving a swarm is no event. Asking makes the engine run other programs.',
    group: 'Docker Engine',
    default: 60_000,
    min: 0,
    max: 3_600_000,
  }),
  usageSource: setting.oneOf(['auto', 'engine', 'cgroup'], {
    help: 'Where usage numbers come from. auto: each container’s cgroup files where they can be read and were proven to give the engine’s numbers, which costs nearly nothing; else the engine’s stats.',
    group: 'Usage',
    default: 'auto',
  }),
  cgroupRoot: setting.path({
    help: 'Where the host’s cgroups are mounted, as seen from the agent.',
    group: 'Usage',
    placeholder: 'DIR',
    default: '/sys/fs/cgroup',
  }),
  procRoot: setting.path({
    help: 'Where the host’s /proc is mounted, as seen from the agent.',
    group: 'Usage',
    placeholder: 'DIR',
    default: '/proc',
  }),
  hostname: setting.text({
    help: 'The name this host is reported under.',
    group: 'Host',
    placeholder: 'NAME',
    defaultText: 'the engine’s, or the last one it had',
    check: (name) =>
      name === '' ? { code: 'config-bad-value', says: 'must not be empty' } : undefined,
  }),
  lifecycleNames: setting.integer({
    help: 'Of how many container names starts, exits, restarts, OOMs and health changes are counted; beyond, the names removed first are dropped.',
    group: 'Metrics',
    default: 1000,
    min: 1,
    max: 100_000,
  }),
  userFromName: setting.text({
    help: 'Takes a container’s user from its name, such as {app}--{user}: {user} is the user, other {words} stand for anything. Names that do not fit keep the configured user.',
    group: 'Metrics',
    placeholder: 'PATTERN',
    check: (pattern) => {
      const parsed = parseUserPattern(pattern);
      return parsed.ok
        ? undefined
        : {
            code: 'config-bad-value',
            says: `is no pattern such as {app}--{user}: ${parsed.reason}`,
          };
    },
  }),
  cpuPercentOf: setting.oneOf(['host', 'core'], {
    help: 'What 100 of container_cpu_percent means on /metrics: host is all CPUs, core is one of them, as docker stats counts.',
    group: 'Metrics',
    default: 'host',
  }),
  disableMetrics: setting.list({
    help: 'Metric families to leave out of /metrics: names, or patterns with *.',
    group: 'Metrics',
    default: [],
  }),
};

export type AgentSettings = SettingsOf<typeof agentSettings>;
