// Loaded into each service that `npm start` runs: when the starter is gone, even killed, so is the service.
const stop = () => process.kill(process.pid, 'SIGTERM');
process.once('disconnect', stop);
process.channel?.unref();
// It may have gone before this was loaded.
if (!process.connected) stop();
