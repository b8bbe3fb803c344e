// Not a library, because API Gateway selects the resource before the method and decodes nothing, unlike common routers.

import type { MethodModel } from './api-model';

/** A matching route, with its path parameters. */
export interface RouteMatch<Route> {
  readonly route: Route;
  /** As sent, not decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** Finds the route of a request: the resource (fewest parameters first), then its method. */
export class RouteTable<Route extends { readonly method: MethodModel }> {
  /** By resource path, then by method. */
  private readonly resources = new Map<string, Map<string, Route>>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const { resourcePath, httpMethod } = route.method;
      const methods = this.resources.get(resourcePath) ?? new Map<string, Route>();
      this.resources.set(resourcePath, methods.set(httpMethod, route));
    }
  }

  /** @param path below the stage, as sent */
  find(httpMethod: string, path: string): RouteMatch<Route> | undefined {
    const matches = [...this.resources].flatMap(([resourcePath, methods]) => {
      const pathParameters = matchPath(resourcePath, path);
      return pathParameters === undefined ? [] : [{ route: methods.get(httpMethod), pathParameters }];
    });
    const [best] = matches.sort((a, b) => Object.keys(a.pathParameters).length - Object.keys(b.pathParameters).length);
    return best?.route && { route: best.route, pathParameters: best.pathParameters };
  }
}

/** Returns the path parameters, or `undefined` if the path does not match the template. */
function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const parts = template.split('/');
  const segments = path.split('/');
  if (parts.length !== segments.length) {
    return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined && segment !== '') {
      parameters[name] = segment;
    } else if (part !== segment) {
      return undefined;
    }
  }
  return parameters;
}
