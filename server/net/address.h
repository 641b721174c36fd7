/* address - may somebody from outside make this server connect there?
 *
 *     if (!address_is_public(&sockaddr)) refuse;
 *
 * Whoever may name an address that this server connects to could reach what only this server reaches:
 * services on its own machine, in its network, and a cloud's metadata (169.254.169.254). So only
 * addresses of the open internet are public; what stands for another address (mapped, translated,
 * tunnelled) is judged by the one it stands for.
 * Sources: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), RFC 6052, RFC 3056. */
#ifndef EXEMPLAR_NET_ADDRESS_H
#define EXEMPLAR_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool address_is_public(const struct sockaddr *a);

#endif
