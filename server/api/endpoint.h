/* endpoint - the endpoint that a path of its project names. */
#ifndef EXEMPLAR_API_ENDPOINT_H
#define EXEMPLAR_API_ENDPOINT_H

#include "api/api.h"
#include "domain/endpoint.h"

/* {project} and {endpoint} of the path: its number or its name. */
enum err endpoint_of(struct req *q, struct endpoint *e) MUST_USE;

#endif
