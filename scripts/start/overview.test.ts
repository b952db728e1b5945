import { readSamples } from './exposition.mjs';
import { containerTable, serverTable } from './overview.mjs';

const page = `# HELP container_info What a container is.
# TYPE container_info gauge
container_info{server_hostname="web-1",instance="web-1",container_name="a \\"b\\"",container_image="nginx",container_image_label="1.27"} 1
container_info{server_hostname="web-1",instance="web-1",container_name="busy",container_image="app",container_image_label=""} 1
container_status{server_hostname="web-1",instance="web-1",container_name="busy",container_status="Up 3 hours"} 1
container_cpu_percent{server_hostname="web-1",instance="web-1",container_name="busy"} 12.34
container_network_bytes_in{server_hostname="web-1",instance="web-1",container_name="busy"} 1234567
`;

describe('what npm start shows first', () => {
  test('samples are read with their labels, escapes undone', () => {
    const [first] = readSamples(page);
    expect(first?.labels.container_name).toBe('a "b"');
    expect(readSamples('up 1\nx{l="a\\nb\\\\n"} 2')).toEqual([
      { name: 'up', labels: {}, value: 1 },
      { name: 'x', labels: { l: 'a\nb\\n' }, value: 2 },
    ]);
  });

  test('containers with the most CPU use come first, and what is not known is empty', () => {
    const [heading, ...rows] = containerTable(readSamples(page));
    expect(heading).toMatch(/^CONTAINER +SERVER +IMAGE +STATUS +CPU % +MEM % +NET IN +NET OUT$/);
    expect(rows).toEqual([
      expect.stringMatching(/^busy +web-1 +app +Up 3 hours +12\.3 +1\.2 MB$/),
      expect.stringMatching(/^a "b" +web-1 +nginx:1\.27$/),
    ]);
  });

  test('a server that is down is told with its reason', () => {
    const servers = [
      { hostname: 'web-1', address: '10.0.0.7:5050', online: false, reason: 'refused' },
      {
        ...{ hostname: 'web-2', address: '10.0.0.8:5050', online: true },
        ...{ docker: { running: false }, containers: 0 },
      },
    ];
    const [, down, up] = serverTable(servers);
    expect(down).toMatch(/^web-1 +10\.0\.0\.7:5050 +NO \(refused\)$/);
    expect(up).toMatch(/^web-2 +10\.0\.0\.8:5050 +yes +not running +0$/);
  });

  test('a long list is cut, and says so', () => {
    const servers = Array.from({ length: 25 }, (_, index) => ({
      ...{ hostname: `h${index}`, address: `10.0.0.${index}:5050`, online: true },
    }));
    expect(serverTable(servers).at(-1)).toBe('… and 5 more');
  });
});
