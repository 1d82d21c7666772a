/// Models, sessions and probes: the face of the runtime.
package dev.oriel.runtime;
