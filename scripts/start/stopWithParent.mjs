// Loaded into each service that `npm start` runs: when the starter is gone, even killed, so is the service.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
