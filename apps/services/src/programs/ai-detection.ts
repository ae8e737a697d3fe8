/** AIDetectionService: its components, the typed rpcs, and the models behind both. */
import { loadServices } from '@imageflow/grpc';
import type { OpenProgram } from '../scaffold/program.ts';
import { serviceVersion } from '../scaffold/version.ts';
import { createDetect, createDetectDefects } from '../steps/detect/components.ts';
import { openEngine } from '../steps/detect/inference/engine.ts';
import { openRegistry } from '../steps/detect/models/registry.ts';
import { createTensorPool } from '../steps/detect/pixels/tensors.ts';
import { createAddModel } from '../steps/detect/rpcs/add-model.ts';
import { createDetection } from '../steps/detect/rpcs/detection.ts';
import { createListModels, createRemoveModel } from '../steps/detect/rpcs/models.ts';

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
