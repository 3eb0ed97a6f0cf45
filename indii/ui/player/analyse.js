// An AnalyserNode on what plays, made only when somebody asks (a visualiser, a test).
// It listens to a captured copy of the stream, so a suspended AudioContext can never
// silence the music; only where no copy can be had (Safari) the element itself is routed.

let analyser = null;

export function analyse(audio) {
  if (analyser) return analyser;
  const context = new AudioContext();
  analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  const capture = audio.captureStream || audio.mozCaptureStream;
  if (!capture) {
    context.resume().then(() => {
      context.createMediaElementSource(audio).connect(analyser);
      analyser.connect(context.destination);
    });
    return analyser;
  }
  const stream = capture.call(audio);
  let track, source;
  const hook = () => {
    context.resume();
    const now = stream.getAudioTracks().at(-1);
    if (!now || now === track) return;
    source?.disconnect();
    track = now;
    source = context.createMediaStreamSource(new MediaStream([now]));
    source.connect(analyser);
  };
  stream.addEventListener("addtrack", hook);
  audio.addEventListener("playing", hook);
  hook();
  return analyser;
}
