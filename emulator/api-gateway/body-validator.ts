import Ajv, { type ValidateFunction } from 'ajv-draft-04';
import type { MethodModel } from './api-model';

/** Checks bodies against the request models of a method. */
export class BodyValidator {
  private readonly checks: ReadonlyMap<string, ValidateFunction>;

  constructor(method: MethodModel) {
    const ajv = new Ajv();
    this.checks = new Map([...method.bodySchemas].map(([mediaType, schema]) => [mediaType, ajv.compile(schema)]));
  }

  /** Whether the body may pass. A media type that has no model is let through unseen, as API Gateway does. */
  accepts(body: Buffer, contentType: string | undefined): boolean {
    const check = this.checks.get(mediaTypeOf(contentType));
    if (check === undefined) {
      return true;
    }
    try {
      return check(JSON.parse(body.toString('utf8')));
    } catch (error) {
      if (error instanceof SyntaxError) {
        return false;
      }
      throw error;
    }
  }
}

/** Media type of a body; API Gateway takes one without a type for JSON. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() || 'application/json';
}
