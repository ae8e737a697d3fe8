import { checkJsonSchema } from './compiled.ts';
import { describeSchemaCheck } from './schema.contract.ts';

describeSchemaCheck('compiled', checkJsonSchema);
