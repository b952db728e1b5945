/** YAML for the settings whose value no default and no placeholder shows, by key. */
export const settingExamples: Readonly<Record<string, string>> = {
  servers: [
    'servers:',
    '  - 10.0.0.7',
    '  - address: web-2.example.org:5050',
    '    name: web-2',
    '    labels: { env: production, region: eu-west }',
    '  - address: https://10.0.0.9:5050',
    '    tokenFile: web-3.token',
  ].join('\n'),
  server: 'server: [10.0.0.7, 10.0.0.8:5050]',
  serverIps: 'server-ips: [10.0.0.7, 10.0.0.8:5000]',
  dockerHost: 'dockerHost: unix:///var/run/docker.sock',
  hostname: 'hostname: web-1',
  userFromName: "userFromName: '{app}--{user}'",
};
