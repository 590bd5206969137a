import { defineConfig } from 'vitest/config';

export default defineConfig({ cacheDir: '../../.cache/vite-unbuilt', test: { include: ['suite/*.test.ts'] } });
