/** Uploads in parts whose program died: the parts cost space until someone removes them. */
import {
  AbortMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

const rule: LifecycleRule = {
  ID: 'imageflow-unfinished-uploads',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
};

/** Adds the rule to those that the bucket has. False: the server knows no such rule, or the account may not set it. */
export async function setExpiry(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const rules = await rulesOf(client, bucket);
    if (rules.some(({ ID }) => ID === rule.ID)) return true;
    // What is put takes the place of all that was there.
    const all = { Bucket: bucket, LifecycleConfiguration: { Rules: [...rules, rule] } };
    await client.send(new PutBucketLifecycleConfigurationCommand(all));
    return (await rulesOf(client, bucket)).some(({ ID }) => ID === rule.ID);
  } catch {
    return false;
  }
}

/** @throws when they cannot be told: then nothing must be put in their place. */
async function rulesOf(client: S3Client, bucket: string): Promise<readonly LifecycleRule[]> {
  try {
    const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    return Rules;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}

/** So many at once: the rest has its turn at the next start. */
const maxAborted = 1000;

/** Removes what was begun before a time. For servers without the rule, or that keep it without following it. */
export async function abortUnfinished(client: S3Client, bucket: string, before: Date): Promise<void> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: maxAborted }));
  for (const { Key, UploadId, Initiated } of Uploads) {
    if (Key === undefined || UploadId === undefined || Initiated === undefined || Initiated >= before) continue;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
}
