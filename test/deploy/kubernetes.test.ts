import { Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { Ingress, NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Namespace, Secret, Service } from "kubernetes-models/v1";
import { describe, expect, it } from "vitest";
import type { Answer } from "../support/library.ts";
import { composeOf, isPinned, isSetting, manifestsOf, textOf } from "./files.ts";

const KINDS = {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  Secret,
  Service,
  StatefulSet,
};

const all = await manifestsOf("deploy/kubernetes");
const manifests = all.filter(({ manifest }) => manifest.kind !== "Kustomization");
const the = (kind: string, name: string): Answer =>
  manifests.find(({ manifest }) => manifest.kind === kind && manifest.metadata.name === name)?.manifest;
const pods = [the("Deployment", "promptforge"), the("StatefulSet", "qdrant")].map(
  ({ spec }) => spec.template,
);

describe("the Kubernetes example", () => {
  it.each(
    manifests.map(({ file, manifest }) => [`${manifest.kind} ${manifest.metadata.name}`, file, manifest]),
  )("%s is what Kubernetes' own schema says", (_, __, manifest) => {
    const Kind = KINDS[manifest.kind as keyof typeof KINDS];
    expect(() => new Kind(manifest).validate()).not.toThrow();
    expect(manifest.apiVersion).toBe(new Kind(manifest).apiVersion);
  });

  it("applies every file there is, and the secret that everybody makes for themselves", () => {
    const { resources } = all.find(({ manifest }) => manifest.kind === "Kustomization")!.manifest;
    const files = new Set(manifests.map(({ file }) => file.replace("secret.example.yaml", "secret.yaml")));
    expect(new Set(resources)).toEqual(files);
  });

  it("gives PromptForge settings that there are, the same of the index as docker-compose.scale.yml, and secrets from files", async () => {
    const { data } = the("ConfigMap", "promptforge");
    const [container] = pods[0].spec.containers;
    const names = [...Object.keys(data), ...container.env.map(({ name }: Answer) => name)];
    for (const name of names) expect(isSetting(name), name).toBe(true);
    const { services } = await composeOf("docker-compose.scale.yml");
    for (const [name, value] of Object.entries(data).filter(([key]) => key.startsWith("PROMPTFORGE_QDRANT")))
      expect(services.promptforge.environment[name]).toBe(value);
    const keys = Object.keys(the("Secret", "promptforge").stringData);
    const [mount] = container.volumeMounts.filter(({ name }: Answer) => name === "secrets");
    for (const { value } of container.env)
      expect(keys.map((key) => `${mount.mountPath}/${key}`)).toContain(value);
    expect(await textOf(".gitignore")).toContain("deploy/kubernetes/secret.yaml");
  });

  it("runs every pod under the restricted standard, with limits, probes and an image that stays what it is", () => {
    const { labels } = the("Namespace", "promptforge").metadata;
    expect(labels["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    for (const { spec } of pods) {
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(spec.automountServiceAccountToken).toBe(false);
      for (const { securityContext, resources, image, ...container } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(Object.keys(resources.requests)).toEqual(["cpu", "memory"]);
        expect(resources.limits).toHaveProperty("memory");
        expect(isPinned(image), image).toBe(true);
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
          const { port } = container[probe].httpGet;
          expect(container.ports.map(({ name }: Answer) => name)).toContain(port);
        }
        const mounted = container.volumeMounts.map(({ name }: Answer) => name);
        const volumes = [...spec.volumes.map(({ name }: Answer) => name), "storage"];
        for (const name of mounted) expect(volumes).toContain(name);
      }
    }
  });

  it("asks PromptForge at paths that it answers", async () => {
    const [container] = pods[0].spec.containers;
    const health = await textOf("src/transports/http/health.ts");
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
      expect(health).toContain(`"${probe.httpGet.path}"`);
    // A database that is away makes a pod not ready, and is no reason to start it again.
    expect(container.livenessProbe.httpGet.path).not.toBe(container.readinessProbe.httpGet.path);
  });

  it("selects the pods that there are, and keeps all but one of them when nodes are drained", () => {
    const [server, node] = pods.map(({ metadata }) => metadata.labels);
    for (const [kind, name, labels] of [
      ["Service", "promptforge", server],
      ["Service", "qdrant", node],
    ] as const)
      expect(the(kind, name).spec.selector).toEqual(labels);
    for (const [name, labels] of [
      ["promptforge", server],
      ["qdrant", node],
    ] as const) {
      const { maxUnavailable, selector } = the("PodDisruptionBudget", name).spec;
      expect(maxUnavailable).toBe(1);
      expect(selector.matchLabels).toEqual(labels);
    }
    const { scaleTargetRef, minReplicas } = the("HorizontalPodAutoscaler", "promptforge").spec;
    expect(scaleTargetRef.name).toBe("promptforge");
    expect(minReplicas).toBeGreaterThan(1);
    expect(the("Deployment", "promptforge").spec).not.toHaveProperty("replicas");
    const [{ http }] = the("Ingress", "promptforge").spec.rules;
    expect(http.paths[0].backend.service).toEqual({ name: "promptforge", port: { name: "http" } });
  });

  it("names every Qdrant node to PromptForge as the stateful set names it", () => {
    const { replicas, serviceName } = the("StatefulSet", "qdrant").spec;
    const nodes = Array.from(
      { length: replicas },
      (_, number) => `http://qdrant-${number}.${serviceName}:6333`,
    );
    expect(the("ConfigMap", "promptforge").data.QDRANT_URL).toBe(nodes.join(","));
  });
});
