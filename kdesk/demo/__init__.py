"""Simulated Kubernetes clusters behind a real HTTP API, for the demo, for tests and for benchmarks.

The package stands alone: it shares no code with the client, so that a mistake made there is not made here as well.
It is a stage, not a second Kubernetes. Where the two differ, the real one is right.

From the bottom up: `store` keeps objects as bytes and remembers their changes; `cluster` holds all collections;
`operations` is what clients may do to them; `api`, `lists`, `watches` and `forms` put that on the wire; `kubelet`,
`workloads`, `deployments`, `jobs`, `housekeeping` and `life` make things happen; `scene`, `manifests`, `furnishing`
and `seed` set the stage; `server` runs it, `launch` runs it in a child process.
"""
