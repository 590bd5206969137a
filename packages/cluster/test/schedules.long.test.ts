// Ten thousand schedules of faults in all: the properties of whole nodes on virtual time, with more runs.
process.env.FC_RUNS ??= '3400';

await import('./cluster.test.js');
await import('./groups.test.js');
await import('./unique-names.test.js');
