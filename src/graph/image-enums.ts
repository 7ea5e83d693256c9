import type { Distribution as DistributionName } from '../digitalocean/payloads.ts';
import { builder } from './builder.ts';

export const ImageType = builder.enumType('ImageType', {
  description: 'What kind of image it is.',
  values: {
    BASE: { value: 'base', description: 'A distribution as DigitalOcean offers it.' },
    SNAPSHOT: { value: 'snapshot', description: 'Taken of a Droplet, or an application image.' },
    BACKUP: { value: 'backup', description: 'Made by the automatic backups of a Droplet.' },
    CUSTOM: { value: 'custom', description: 'Imported from a URL.' },
    ADMIN: { value: 'admin', description: 'Made and used by DigitalOcean for its own products.' },
    UNKNOWN: { value: 'unknown', description: 'A kind that this gateway does not know yet.' },
  } as const,
});

export const ImageStatus = builder.enumType('ImageStatus', {
  description: 'Where an image is in its life.',
  values: {
    NEW: { value: 'new', description: 'Its import has been accepted and has not begun.' },
    PENDING: { value: 'pending', description: 'Its import is under way.' },
    AVAILABLE: { value: 'available', description: 'Ready to be used.' },
    DELETED: { value: 'deleted', description: 'Deleted, or its import failed: see `errorMessage`.' },
    RETIRED: { value: 'retired', description: 'No longer offered; Droplets made of it run on.' },
    UNKNOWN: { value: 'unknown', description: 'A status that this gateway does not know yet, or none.' },
  } as const,
});

const distribution = <const Value extends DistributionName>(value: Value, description: string) => ({
  value,
  description,
});

export const Distribution = builder.enumType('Distribution', {
  description: 'The operating system of an image. `distributionName` has the text as the API gives it.',
  values: {
    ALMALINUX: distribution('AlmaLinux', 'AlmaLinux'),
    ARCH_LINUX: distribution('Arch Linux', 'Arch Linux'),
    CENTOS: distribution('CentOS', 'CentOS and CentOS Stream'),
    COREOS: distribution('CoreOS', 'CoreOS Container Linux'),
    DEBIAN: distribution('Debian', 'Debian'),
    FEDORA: distribution('Fedora', 'Fedora'),
    FEDORA_ATOMIC: distribution('Fedora Atomic', 'Fedora Atomic Host'),
    FREEBSD: distribution('FreeBSD', 'FreeBSD'),
    GENTOO: distribution('Gentoo', 'Gentoo'),
    OPENSUSE: distribution('openSUSE', 'openSUSE'),
    RANCHEROS: distribution('RancherOS', 'RancherOS'),
    ROCKY_LINUX: distribution('Rocky Linux', 'Rocky Linux'),
    UBUNTU: distribution('Ubuntu', 'Ubuntu'),
    UNKNOWN: distribution('Unknown', 'None of the others, or none given.'),
  },
});

export const ImageCategory = builder.enumType('ImageCategory', {
  description: 'The two kinds of public images that the API can list apart.',
  values: {
    APPLICATION: { value: 'application', description: 'One-click applications of the marketplace.' },
    DISTRIBUTION: { value: 'distribution', description: 'Plain operating systems.' },
  } as const,
});
