import { createExposition, type Exposition } from '@docker-data-exporter/shared/exposition';
import { rowsWithout } from '@docker-data-exporter/shared/metrics';
import type { SecretFile } from '@docker-data-exporter/shared/secretFile';
import { agentTokenFilesOf, type AggregatorSettings, targetsOf } from './settings.ts';
import type { Discovery } from './targets/discovery.ts';
import type { Target } from './targets/target.ts';

/** All that follows from one configuration. Replaced wholesale by a reload. */
export interface Plan {
  readonly settings: AggregatorSettings;
  readonly discoveries: readonly Discovery[];
  readonly exposition: Exposition;
  /** The bearer token for an agent, if it gets one. */
  readonly tokenFor: (target: Target) => Promise<string | undefined>;
}

export interface PlanParts {
  readonly settings: AggregatorSettings;
  /** Rejects with a coded error if the file holds no good token. */
  readonly openToken: (path: string) => Promise<SecretFile>;
}

export async function createPlan({ settings, openToken }: PlanParts): Promise<Plan> {
  const files = await Promise.all(agentTokenFilesOf(settings).map(openToken));
  const tokens = new Map(files.map((file) => [file.path, file]));
  const { targets } = targetsOf(settings);
  return {
    settings,
    discoveries: [{ kind: 'static', targets: () => targets }],
    exposition: createExposition(rowsWithout(settings.disableMetrics), {
      metrics: { cpuPercentOf: settings.cpuPercentOf },
      labelValueLimit: settings.labelValueLimit,
    }),
    tokenFor: async ({ tokenFile }) => {
      const file = tokens.get(tokenFile ?? settings.agentTokenFile ?? '');
      const [token] = (await file?.tokens()) ?? [];
      return token;
    },
  };
}
