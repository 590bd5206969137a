const kept: object[] = [];

/**
 * Keeps one object of a kind that comes and goes. When garbage is collected while none is left, the engine forgets how such
 * objects are laid out, and throws away all optimized code that has ever seen one: after each quiet moment the whole kernel
 * would have to get warm again.
 */
export function keep(example: object): void {
  kept.push(example);
}

const layouts = new WeakMap<object, object>();

/** The same for a class that is not ours: what its objects have from `Base`, for as long as the class is there. */
export function keepLayout(Class: object, Base: object): void {
  layouts.set(Class, Reflect.construct(Base as new () => object, [], Class as new () => object));
}
