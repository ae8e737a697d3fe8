/** The options of `imageflow stream`. */
import type { Build } from '../help.ts';

export function addStream({ program, config, say, server, dataDir, examples }: Build): void {
  const collect = (word: string, words: readonly string[] = []) => [...words, word];
  const command = program
    .command('stream')
    .description(
      say(
        'カメラや動画の各フレームにパイプラインを実行し、見つかったものを 1 行ずつ出力します（ffmpeg が必要です）',
        'Runs a pipeline on every frame of a camera or a video and prints what was found, a line a frame (needs ffmpeg)',
      ),
    )
    .argument('<source>', say('rtsp://…、onvif://…、動画ファイル、または /dev/video0', 'rtsp://…, onvif://…, a video file, or /dev/video0'))
    .requiredOption('-p, --pipeline <pipeline>', say('パイプラインの ID', 'Id of the pipeline'))
    .option('--param <step.key=value>', say('パラメータ（繰り返し可）', 'Parameter (may be repeated)'), collect)
    .option('--max-fps <number>', say('1 秒あたりの最大フレーム数', 'Most frames a second'), '30')
    .option('--seconds <number>', say('この秒数で終了', 'Ends after so many seconds'))
    .option('--show-stats', say('毎秒、フレームレート、遅延、破棄数を表示', 'Shows frame rate, latency and drops each second'))
    .option(
      '--out <file.mp4>',
      say(
        '結果の映像を保存（画像を作らないパイプラインでは、枠を描いた元の映像）',
        'Video of the results; of a pipeline that makes no image, the frames with boxes',
      ),
    )
    .option('--json', say('1 フレームにつき 1 行の JSON を出力', 'Print JSON, a line for every frame'))
    .addOption(server())
    .addOption(dataDir())
    .action(async (source, options) => (await import('./command.ts')).stream(source, options, config));
  examples(command, [
    'imageflow stream belt.mp4 --pipeline live-defects --show-stats --out results.mp4',
    'IMAGEFLOW_CAMERA_PASSWORD=… imageflow stream rtsp://plant@10.0.0.7/cam -p live-defects --seconds 60',
    'imageflow stream "onvif://plant@10.0.0.7?profile=MainStream" -p live-defects --show-stats',
    "imageflow stream /dev/video0 -p coco-detection --max-fps 10 --json | jq -c '.detections[].class_name'",
  ]);
}
