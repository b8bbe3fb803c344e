import Ajv, { type ValidateFunction } from 'ajv-draft-04';
import type { MethodModel } from './api-model';

/** Validates bodies against the request models of a method. */
export class BodyValidator {
  private readonly checks: ReadonlyMap<string, ValidateFunction>;

  constructor(method: MethodModel) {
    const ajv = new Ajv();
    this.checks = new Map([...method.bodySchemas].map(([mediaType, schema]) => [mediaType, ajv.compile(schema)]));
  }

  /** Whether the body is valid. As in API Gateway, a media type without a model is not validated. */
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

/** Returns the media type of a body. API Gateway's default is JSON. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(';')[0]?.trim().toLowerCase() || 'application/json';
}
