import { confirm, isCancel, multiselect, select, text } from '@clack/prompts';
import type { CommandLine } from './command-line.js';
import { describeFeature, describeTemplate, type Feature, features, type Template, templates } from './features.js';
import { type PackageManager, packageManagers } from './package-manager.js';
import { checkFolder, nameProblem, type Target, targetOf } from './target.js';
import { dependencyNames, type Recipe } from './template.js';
import { UserError } from './user-error.js';

const DEFAULT_NAME = 'my-realtime-app';

/** Everything that has to be known to make an app. */
export interface Choices extends Recipe {
  readonly install: boolean;
  readonly git: boolean;
}

export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** What the command line leaves open is asked for, or takes its default. Throws a `UserError` for what cannot be. */
export async function choices(given: CommandLine, detected: PackageManager | undefined, terminal: boolean): Promise<Choices> {
  const named = given.target === undefined ? undefined : checkedTarget(given.target);
  if (given.yes) {
    const { manager = detected ?? 'npm', template = 'chat', install = true, git = true } = given;
    return { target: named ?? checkedTarget(DEFAULT_NAME), template, features: chosen(given), manager, install, git };
  }
  const open = [
    ...(named === undefined ? ['a name'] : []),
    ...(given.manager === undefined ? ['--pm'] : []),
    ...(given.install === undefined ? ['--no-install or --install'] : []),
    ...(given.git === undefined ? ['--no-git or --git'] : []),
  ];
  if (open.length > 0 && !terminal)
    throw new UserError(2, `There is no terminal to ask on: give ${open.join(', ')}, or -y for the defaults.`);
  return {
    target: named ?? (await askTarget()),
    template: given.template ?? (terminal ? await askTemplate() : 'chat'),
    features: Object.keys(given.features).length > 0 || !terminal ? chosen(given) : await askFeatures(),
    manager: given.manager ?? (await askManager(detected)),
    install: given.install ?? (await askWhether('Install the dependencies now?')),
    git: given.git ?? (await askWhether('Make a git repository?')),
  };
}

function checkedTarget(given: string): Target {
  const target = targetOf(given);
  const problem = nameProblem(target.name, dependencyNames());
  if (problem !== undefined) throw new UserError(2, `'${target.name}' cannot be the app's name: ${problem}.`);
  checkFolder(target.folder);
  return target;
}

async function askTarget(): Promise<Target> {
  const answer = await text({
    message: 'What is the app called?',
    placeholder: DEFAULT_NAME,
    defaultValue: DEFAULT_NAME,
    validate(value) {
      try {
        checkedTarget(value || DEFAULT_NAME);
        return undefined;
      } catch (error) {
        if (error instanceof UserError) return error.message;
        throw error;
      }
    },
  });
  return targetOf(answered(answer));
}

const chosen = (given: CommandLine): Feature[] => features.filter((feature) => given.features[feature] === true);

async function askTemplate(): Promise<Template> {
  const options = templates.map((value) => ({ value, label: value, hint: describeTemplate(value) }));
  return answered(await select({ message: 'What does it begin as?', options, initialValue: 'chat' }));
}

async function askFeatures(): Promise<Feature[]> {
  const options = features.map((value) => ({ value, label: describeFeature(value) }));
  return answered(await multiselect({ message: 'What else? (space chooses, enter goes on)', options, required: false }));
}

async function askManager(detected: PackageManager | undefined): Promise<PackageManager> {
  const options = packageManagers.map((value) => ({ value, label: value }));
  return answered(await select({ message: 'Which package manager?', options, initialValue: detected ?? 'npm' }));
}

async function askWhether(message: string): Promise<boolean> {
  return answered(await confirm({ message, initialValue: true }));
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<T, symbol>; // the only symbol there is has just been looked for
}
