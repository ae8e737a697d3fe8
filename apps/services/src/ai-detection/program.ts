/** AIDetectionService: its components, the typed rpcs, and the models behind both. */
import { loadServices } from '@imageflow/api/grpc';
import type { OpenProgram } from '../program.ts';
import { serviceVersion } from '../version.ts';
import { createDetect, createDetectDefects } from './components.ts';
import { openEngine } from './inference/engine.ts';
import { openRegistry } from './models/registry.ts';
import { createTensorPool } from './pixels/tensors.ts';
import { createAddModel } from './rpcs/add-model.ts';
import { createDetection } from './rpcs/detection.ts';
import { createListModels, createRemoveModel } from './rpcs/models.ts';

/** A file dropped into the folder is seen within this time, ms; sooner when someone asks for it by name. */
const pollMs = 2_000;

export const openProgram: OpenProgram = async ({ config, objects, log }) => {
  const { threads, providers, loadedModels, maxModelBytes } = config.inference;
  const engine = openEngine({ threads, providers, loadedLimit: loadedModels });
  const registry = await openRegistry({ engine, folder: config.modelsDir, maxModelBytes, log, pollMs });
  const parts = { engine, registry, tensors: createTensorPool(), limits: config.limits };
  return {
    serviceName: 'AIDetectionService',
    version: serviceVersion,
    components: new Map([
      ['Detect', createDetect(parts)],
      ['DetectDefects', createDetectDefects(parts)],
    ]),
    addTypedRpcs(rpcs) {
      const modelParts = { engine, registry, objects, maxModelBytes };
      rpcs.server.addService(loadServices().AIDetectionService.service, {
        Detect: rpcs.work('Detect', createDetection('Detect', rpcs)),
        DetectDefects: rpcs.work('DetectDefects', createDetection('DetectDefects', rpcs)),
        ListModels: rpcs.light('ListModels', createListModels(modelParts)),
        AddModel: rpcs.light('AddModel', createAddModel(modelParts)),
        RemoveModel: rpcs.light('RemoveModel', createRemoveModel(modelParts)),
        HealthCheck: rpcs.healthCheck,
      });
    },
    async close() {
      registry.close();
      await engine.close();
    },
  };
};
