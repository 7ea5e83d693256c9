import type { ImageOrder as Order } from '../lists/image-order.ts';
import { builder } from './builder.ts';

const ImageOrderField = builder.enumType('ImageOrderField', {
  description: 'What images can be sorted by.',
  values: {
    CREATED_AT: { value: 'createdAt', description: 'When they were made.' },
    NAME: { value: 'name', description: 'Their names, without regard to case.' },
    MIN_DISK_SIZE: { value: 'minDiskSize', description: 'The smallest disk that takes them.' },
    SIZE_GIGABYTES: { value: 'sizeGigabytes', description: 'The space that they take.' },
  } as const,
});

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which end of an order comes first.',
  values: {
    ASC: { value: 'asc', description: 'The smallest, earliest or first in the alphabet first.' },
    DESC: { value: 'desc', description: 'The largest, latest or last in the alphabet first.' },
  } as const,
});

export const ImageOrder = builder.inputRef<Order>('ImageOrder').implement({
  description:
    'An order of images. Those of one value stand in the order of their ids, those without a value last, in either direction.',
  fields: (t) => ({
    field: t.field({ type: ImageOrderField, required: true, description: 'What to sort by.' }),
    direction: t.field({ type: OrderDirection, required: true, description: 'Which end comes first.' }),
  }),
});
