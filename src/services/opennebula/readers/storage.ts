import type {OneDatastore, OneImage, OneMarketApp, OneTemplate} from '../../../model/cloud.ts';
import type {PoolReader} from '../pool.ts';
import {child, id, ids, int, text} from '../xml.ts';

/** `one.datastorepool.info` */
export const datastoreReader: PoolReader<OneDatastore> = {
  pool: 'DATASTORE_POOL',
  item: 'DATASTORE',
  read(store) {
    const [storeId, name, type, state] = [id(store, 'ID'), text(store, 'NAME'), int(store, 'TYPE'), int(store, 'STATE')];
    const [totalMiB, freeMiB] = [int(store, 'TOTAL_MB'), int(store, 'FREE_MB')];
    if (storeId === undefined || name === undefined || type === undefined || state === undefined || totalMiB === undefined || freeMiB === undefined) return undefined;
    return {id: storeId, name, type, state, clusterIds: ids(store, 'CLUSTERS'), dsMad: text(store, 'DS_MAD') ?? '', tmMad: text(store, 'TM_MAD') ?? '', totalMiB, freeMiB};
  },
};

/** `one.templatepool.info` */
export const templateReader: PoolReader<OneTemplate> = {
  pool: 'VMTEMPLATE_POOL',
  item: 'VMTEMPLATE',
  read(template) {
    const [templateId, name] = [id(template, 'ID'), text(template, 'NAME')];
    if (templateId === undefined || name === undefined) return undefined;
    return {id: templateId, name, vrouter: text(child(template, 'TEMPLATE'), 'VROUTER')?.toUpperCase() === 'YES'};
  },
};

/** `one.imagepool.info` */
export const imageReader: PoolReader<OneImage> = {
  pool: 'IMAGE_POOL',
  item: 'IMAGE',
  read(image) {
    const [imageId, name, state, type, sizeMiB] = [id(image, 'ID'), text(image, 'NAME'), int(image, 'STATE'), int(image, 'TYPE'), int(image, 'SIZE')];
    if (imageId === undefined || name === undefined || state === undefined || type === undefined || sizeMiB === undefined) return undefined;
    return {id: imageId, name, state, type, datastoreId: id(image, 'DATASTORE_ID'), sizeMiB};
  },
};

/** `one.marketapppool.info`: hundreds of entries with whole templates in them, of which this is all that is kept. */
export const marketAppReader: PoolReader<OneMarketApp> = {
  pool: 'MARKETPLACEAPP_POOL',
  item: 'MARKETPLACEAPP',
  read(app) {
    const [appId, name, state, type] = [id(app, 'ID'), text(app, 'NAME'), int(app, 'STATE'), int(app, 'TYPE')];
    if (appId === undefined || name === undefined || state === undefined || type === undefined) return undefined;
    return {id: appId, name, state, type, market: text(app, 'MARKETPLACE') ?? ''};
  },
};
