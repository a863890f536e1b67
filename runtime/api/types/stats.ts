/** One sample of `GET /containers/{id}/stats`; of a container that does not run only `id` and `name` say something. */
export interface ContainerStats {
  readonly name: string;
  readonly id: string;
  readonly read: string;
  readonly preread: string;
  readonly num_procs: number;
  readonly storage_stats: Readonly<Record<string, never>>;
  readonly pids_stats: PidsStats;
  readonly blkio_stats: BlkioStats;
  readonly cpu_stats: CpuStats;
  /** The sample before; all zero in the first of a stream. */
  readonly precpu_stats: CpuStats;
  readonly memory_stats: MemoryStats;
  readonly networks?: Readonly<Record<string, InterfaceStats>>;
}

export interface PidsStats {
  readonly current?: number;
  /** 0 for no limit. */
  readonly limit?: number;
}

export interface BlkioEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: string;
  readonly value: number;
}

export interface BlkioStats {
  readonly io_service_bytes_recursive: readonly BlkioEntry[] | null;
  readonly io_serviced_recursive: readonly BlkioEntry[] | null;
  readonly io_queue_recursive: null;
  readonly io_service_time_recursive: null;
  readonly io_wait_time_recursive: null;
  readonly io_merged_recursive: null;
  readonly io_time_recursive: null;
  readonly sectors_recursive: null;
}

/** Times in nanoseconds. */
export interface CpuStats {
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

/** Bytes. */
export interface MemoryStats {
  readonly usage?: number;
  readonly max_usage?: number;
  readonly failcnt?: number;
  readonly stats?: Readonly<Record<string, number>>;
  readonly limit?: number;
}

export interface InterfaceStats {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}
