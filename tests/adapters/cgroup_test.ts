/** CPU quotas, read from the files of made-up machines. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { affinityCores, parseCpuList } from "../../adapters/runtime/_affinity.ts";
import { cpuQuota } from "../../adapters/runtime/_cgroup.ts";
import { coresWithin } from "../../adapters/runtime/_cpus.ts";

type Files = Record<string, string>;

function quotaOf(files: Files): number | undefined {
  return cpuQuota((path) => files[path]);
}

const v2Mount = "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

/** A machine with version 2, where this process is in `group`. */
function v2(group: string, limits: Files, mount: string = v2Mount): Files {
  return {
    "/proc/self/mountinfo": "22 27 0:21 / /proc rw - proc proc rw\n" + mount,
    "/proc/self/cgroup": `0::${group}\n`,
    ...limits,
  };
}

/** A machine with version 1, where this process is in `group` and `root` is mounted. */
function v1(root: string, group: string, limits: Files): Files {
  return {
    "/proc/self/mountinfo": [
      `31 30 0:26 ${root} /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory`,
      `32 30 0:27 ${root} /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct`,
      `33 30 0:28 ${root} /sys/fs/cgroup/cpuset ro,nosuid - cgroup cgroup rw,cpuset`,
    ].join("\n"),
    "/proc/self/cgroup": [`12:memory:${group}/other`, `4:cpu,cpuacct:${group}`, "3:cpuset:/", "1:name=systemd:/x", ""]
      .join("\n"),
    ...limits,
  };
}

describe("cpuQuota()", () => {
  it("reads version 1 in a container that mounts its own group", () => {
    const group = "/docker/0123456789ab";
    const files = v1(group, group, {
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    });
    assert.equal(quotaOf(files), 1.5);
  });

  it("reads version 1 in a container inside of a container", () => {
    const files = v1("/docker/outer", "/docker/outer/docker/inner", {
      "/sys/fs/cgroup/cpu,cpuacct/docker/inner/cpu.cfs_quota_us": "-1",
      "/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us": "30000",
      "/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us": "10000",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "400000",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
    });
    assert.equal(quotaOf(files), 3);
  });

  it("takes -1 of version 1 for no limit", () => {
    const files = v1("/", "/user", {
      "/sys/fs/cgroup/cpu,cpuacct/user/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu,cpuacct/user/cpu.cfs_period_us": "100000\n",
    });
    assert.equal(quotaOf(files), undefined);
  });

  it("takes the mount point where the group is not below what is mounted", () => {
    const files = v1("/kubepods/pod1/abc", "/elsewhere", {
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "25000",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
    });
    assert.equal(quotaOf(files), 0.25);
  });

  it("does not take a group for the child of one whose name it begins with", () => {
    const files = v1("/a", "/ab/c", { "/sys/fs/cgroup/cpu,cpuacct/b/c/cpu.cfs_quota_us": "100000" });
    assert.equal(quotaOf(files), undefined);
  });

  it("reads version 2 in a container with a namespace of its own", () => {
    assert.equal(quotaOf(v2("/", { "/sys/fs/cgroup/cpu.max": "25000 100000\n" })), 0.25);
  });

  it("reads every slice up to the root, and takes the smallest limit", () => {
    const base = "/sys/fs/cgroup";
    const files = v2("/system.slice/app.slice/app.service", {
      [`${base}/system.slice/app.slice/app.service/cpu.max`]: "max 100000",
      [`${base}/system.slice/app.slice/cpu.max`]: "350000 100000",
      [`${base}/system.slice/cpu.max`]: "200000 100000",
    });
    assert.equal(quotaOf(files), 2);
    assert.equal(quotaOf({ ...files, [`${base}/system.slice/app.slice/app.service/cpu.max`]: "50000 100000" }), 0.5);
  });

  it("takes max of version 2 for no limit", () => {
    assert.equal(quotaOf(v2("/a", { "/sys/fs/cgroup/a/cpu.max": "max 100000\n" })), undefined);
  });

  it("takes the mount point for a group outside of the namespace", () => {
    assert.equal(quotaOf(v2("/../../other", { "/sys/fs/cgroup/cpu.max": "100000 100000" })), 1);
  });

  it("reads version 2 where a host's subtree is mounted", () => {
    const mount = "30 23 0:26 /kubepods/pod1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    const files = v2("/kubepods/pod1/abc", { "/sys/fs/cgroup/abc/cpu.max": "70000 10000" }, mount);
    assert.equal(quotaOf(files), 7);
  });

  it("reads both of a hybrid machine", () => {
    const hybrid = {
      ...v1("/", "/job", {
        "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "600000",
        "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
      }),
    };
    hybrid["/proc/self/mountinfo"] += "\n40 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";
    hybrid["/proc/self/cgroup"] += "0::/unified/job\n";
    assert.equal(quotaOf(hybrid), 6);
    assert.equal(quotaOf({ ...hybrid, "/sys/fs/cgroup/unified/unified/cpu.max": "500000 100000" }), 5);
  });

  it("undoes the escapes of a mount point", () => {
    const mount = "30 23 0:26 / /mnt/my\\040groups rw - cgroup2 cgroup2 rw\n";
    assert.equal(quotaOf(v2("/a:b", { "/mnt/my groups/a:b/cpu.max": "100000 50000" }, mount)), 2);
  });

  it("takes a missing period for 100 ms", () => {
    assert.equal(quotaOf(v2("/", { "/sys/fs/cgroup/cpu.max": "300000\n" })), 3);
    assert.equal(quotaOf(v1("/", "/", { "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000" })), 0.5);
  });

  it("takes malformed numbers for no limit", () => {
    for (
      const text of ["", "x", "1e5 100000", "100000 0", "0 100000", "100000 -5", "NaN NaN", "-100000 100000", "5 x"]
    ) {
      assert.equal(quotaOf(v2("/", { "/sys/fs/cgroup/cpu.max": text })), undefined, text);
    }
  });

  it("finds no limit where files are missing or malformed", () => {
    assert.equal(quotaOf({}), undefined);
    assert.equal(quotaOf({ "/proc/self/cgroup": "0::/\n" }), undefined);
    assert.equal(quotaOf({ "/proc/self/mountinfo": v2Mount }), undefined);
    assert.equal(quotaOf(v2("/", {})), undefined);
    assert.equal(quotaOf({ "/proc/self/cgroup": "garbage\n::\n", "/proc/self/mountinfo": "more\n - \n" }), undefined);
  });
});

describe("coresWithin()", () => {
  it("rounds a quota up, and never goes below one or above the cores", () => {
    const table: [cores: number, quota: number | undefined, expected: number][] = [
      [8, undefined, 8],
      [8, 0.25, 1],
      [8, 1.5, 2],
      [8, 2, 2],
      [8, 7.01, 8],
      [8, 64, 8],
      [1, 1.5, 1],
      [0, undefined, 1],
    ];
    for (const [cores, quota, expected] of table) assert.equal(coresWithin(cores, quota), expected);
  });
});

describe("affinityCores()", () => {
  function coresOf(allowed: string | undefined, online: string | undefined): number | undefined {
    const files: Record<string, string | undefined> = {
      "/proc/self/status": allowed &&
        `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed:\t1\n`,
      "/sys/devices/system/cpu/online": online,
    };
    return affinityCores((path) => files[path]);
  }

  it("counts the allowed cores that are online", () => {
    assert.equal(coresOf("0-127", "0-3\n"), 4);
    assert.equal(coresOf("0", "0-3\n"), 1);
    assert.equal(coresOf("1-2,5,8-9", "0-7\n"), 3);
  });

  it("gives nothing where it cannot know", () => {
    assert.equal(coresOf(undefined, "0-3"), undefined);
    assert.equal(coresOf("0-3", undefined), undefined);
    assert.equal(coresOf("8", "0-3"), undefined);
    assert.equal(coresOf("x", "0-3"), undefined);
  });

  it("reads a list of cores", () => {
    assert.deepEqual([...parseCpuList("0-2,7\n")!], [0, 1, 2, 7]);
    for (const text of ["", "a", "1-", "-1", "1,,2", undefined]) assert.equal(parseCpuList(text), undefined);
  });
});
