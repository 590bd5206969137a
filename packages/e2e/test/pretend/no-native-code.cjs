// Stands in for a machine whose C library is older than what native code was built for.
process.dlopen = (_module, file) => {
  throw new Error(`/lib/libc.so.6: version \`GLIBC_9.99' not found (required by ${file})`);
};
