/** Whether a pipeline can run on live video, and whether it can on anything else. */
import type { ValidationFault } from '../errors.ts';
import type { Catalogue } from '../pipeline/component.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';

/** For a definition that checkPipeline found free of faults. */
export function checkStreamable(definition: PipelineDefinition, catalogue: Catalogue): readonly ValidationFault[] {
  return definition.steps.flatMap((step, index) => {
    const id = `${step.service}.${step.method}`;
    if (catalogue.get(id)?.streamable !== false) return [];
    const message = {
      ja: `ステップ「${step.step_id}」の部品 ${id} は映像には使えません（streamable ではありません）`,
      en: `The step "${step.step_id}" uses ${id}, which does not work on live video (it is not streamable)`,
    };
    return [{ field: `steps[${index}].method`, message, value: step.method }];
  });
}

/** For executions. A definition with such steps is a good one all the same: streams run it. */
export function checkStill(definition: PipelineDefinition, catalogue: Catalogue): readonly ValidationFault[] {
  return definition.steps.flatMap((step, index) => {
    const id = `${step.service}.${step.method}`;
    if (catalogue.get(id)?.needs_stream !== true) return [];
    const message = {
      ja: `ステップ「${step.step_id}」の部品 ${id} は映像専用です。このパイプラインはストリームで使ってください`,
      en: `The step "${step.step_id}" uses ${id}, which needs a stream: run this pipeline on live video`,
    };
    return [{ field: `steps[${index}].method`, message, value: step.method }];
  });
}
