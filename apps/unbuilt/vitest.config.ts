import { defineConfig } from 'vitest/config';

export default defineConfig({ cacheDir: '../../.cache/vite-unbuilt', test: { testTimeout: 60_000, include: ['suite/*.test.ts'] } });
